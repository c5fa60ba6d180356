"""What a patient allows, to which service, for how long; and every use that is made of it."""
