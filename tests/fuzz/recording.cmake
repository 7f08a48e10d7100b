# What file:// reads of a folder that anybody may have written to.
holeshot_fuzz(recording SOURCES recording_fuzz.cc DEPS gateway_source)
