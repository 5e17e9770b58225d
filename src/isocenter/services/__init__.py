"""The use cases: each verb is written once here, for all doors."""
