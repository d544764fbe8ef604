"""Files in: receive, inspect, map, check, diff, apply."""
