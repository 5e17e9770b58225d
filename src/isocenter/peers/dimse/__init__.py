"""The DIMSE side of our peers: transport, dialogue, and the user of each service."""
