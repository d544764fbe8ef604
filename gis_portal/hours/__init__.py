"""Opening hours and closed days of a feature; every closed day explains itself."""
