"""Plans, runs, judges and stores studies."""
