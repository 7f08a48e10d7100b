// A record as the contract's payload object: canonical JSON text (keys sorted, no white space), ready to
// stand inside a signed body. Total: every record gives valid JSON in valid UTF-8. Pure functions.
//
//   {"decoder_id":"D0000C00","flags":0,...,"message_type":"PASSING",...,"raw":"8e02...8f",...}
//
// - `message_type` and `raw` (lower-case hex of the wire bytes) always stand there; a field that was not on
//   the wire does not. The one exception is PASSING's `flags`, which is 0 then.
// - Numbers are integers within +-(2^53-1). A number beyond that is written as a string of decimal digits:
//   only damage or a hostile peer makes one, and no reader of JSON would keep its value otherwise.
// - Names and units are those of schema.cc; ids and opaque values are upper-case hex in wire order.
// - What no name is known for stands in wire order in "unknown_tags":[{"hex":"03","tag":"11"}]. So do further
//   fields of a tag that has been read already, and fields whose bytes do not fit their kind (a number of 0
//   or 9 bytes).
// - A type of record without a name has all its fields in "fields" instead, in the same form, the general
//   ones too.
#pragma once

#include <string>

#include "common/base/bytes.h"
#include "common/p3/record.h"

namespace holeshot::p3 {

// Appends the object for `record`, whose wire bytes were `raw`.
void append_payload_json(std::string& out, const Record& record, base::ByteView raw);

// The same, straight from a frame.
[[nodiscard]] std::string payload_json(const Frame& frame);

}  // namespace holeshot::p3
