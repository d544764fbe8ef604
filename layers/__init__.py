"""The map core: layers, features, change sets. Knows nothing of bookings, hazards or the site."""
