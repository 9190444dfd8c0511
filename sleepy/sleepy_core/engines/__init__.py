"""Language models behind one protocol: Ollama, OpenAI-compatible servers, the embedded engine."""
