"""The pages: sign-in, the consent question, the patient's space, the catalogue."""
