"""When work will be done, with honest odds (`reconciler.md` §D): closed form, no random numbers."""
