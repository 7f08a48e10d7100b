# What a reader of ticks gets from the network. Needs holeshot_fuzz().
holeshot_fuzz(tick SOURCES tick_fuzz.cc DEPS central_ticks)
