"""What plug-in authors test with: contract suites, builders and an in-memory store."""
