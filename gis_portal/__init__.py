"""The site: configuration, and one app for each service a citizen uses."""
