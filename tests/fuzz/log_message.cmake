# What a JetStream stream may hold. Needs holeshot_fuzz().
holeshot_fuzz(log_message SOURCES log_message_fuzz.cc DEPS central_log)
