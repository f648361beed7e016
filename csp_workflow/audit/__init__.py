"""Whether what is stored is what happened: chains computed anew, journals replayed, tables compared."""
