"""A resource server: the record and the agenda as FHIR R4, served for what a patient allowed.

It knows tokens only through introspection over HTTP, with credentials of its own, and keeps its own
tables; a remote server could take its place without a change elsewhere.
"""
