# What viewers say on an open connection. Needs holeshot_fuzz().
holeshot_fuzz(client_message SOURCES client_message_fuzz.cc DEPS central_live)
