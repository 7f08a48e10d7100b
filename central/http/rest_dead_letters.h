// /api/dead-letters: looking at what could not be used, and resolving it (docs/dead-letters.md). Stands apart from the
// rest of REST because it needs no read model: the command line serves itself with it where no central runs.
#pragma once

#include "central/http/router.h"
#include "central/letters/letter_desk.h"

namespace holeshot::http {

// The desk outlives the router.
//   GET  /api/dead-letters ?state= &track_id= &source= &code= (lists with commas) &limit= &cursor=   newest first
//   GET  /api/dead-letters/{id}
//   POST /api/dead-letters/{id}/replay | fix | discard | reopen
//   POST /api/dead-letters/replay | discard   all open ones that a filter wants, oldest first
void add_dead_letter_routes(Router& router, letters::LetterDesk& desk);

}  // namespace holeshot::http
