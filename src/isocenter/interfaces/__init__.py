"""The doors: each translates its protocol, calls one service, and maps the outcome to its own codes."""
