"""The console: commands parse and call, views turn values into what a terminal shows, one place prints."""
