"""Who talks, and when: the language server, the daemon and the command line of Sleepy Coder."""
