"""The dashboard: a page on loopback that shows what was learned. Loaded when somebody asks for it, never at start."""
