"""The end of a health space: asked for and waited for, or decided; carried out; later erased."""
