# What strangers ask the live listener for over HTTP, and what they say of themselves. Needs holeshot_fuzz().
holeshot_fuzz(live_query SOURCES live_query_fuzz.cc DEPS central_live)
