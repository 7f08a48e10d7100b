# What a gateway, or anybody, posts to central. Needs holeshot_fuzz().
holeshot_fuzz(ingest SOURCES ingest_fuzz.cc DEPS central_http)
