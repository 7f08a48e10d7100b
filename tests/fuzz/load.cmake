# What holeshot-load reads from whatever answers it. Needs holeshot_fuzz().
holeshot_fuzz(load SOURCES load_fuzz.cc DEPS tools_load)
