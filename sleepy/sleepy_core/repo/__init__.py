"""The user's repository: identity, git, watching, shadow workspaces, the sandbox."""
