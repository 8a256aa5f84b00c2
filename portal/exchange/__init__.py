"""Machines at the door: FHIR in and out, calendar files, clinic files."""
