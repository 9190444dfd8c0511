"""Reading cargo: metadata, checks, the JSON stream, signatures."""
