"""One folder per source kind; what they share lies beside the folders."""
