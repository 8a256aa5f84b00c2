"""Proofs of booking under load and under faults, all through the real server: crowds, forms sent twice, kills."""
