"""What tests against real peers stand on: a running server, recorded wires, peers' programs, a raw sender.

Nothing here imports the protocol code that it tests.
"""
