# What strangers' bytes reach first in central/live. Needs holeshot_fuzz().
holeshot_fuzz(ws_frame SOURCES ws_frame_fuzz.cc DEPS central_live)
