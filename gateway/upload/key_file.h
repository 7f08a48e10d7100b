// The file with this gateway's key: one line "kid:hex" (common/contract/signature.h).
#pragma once

#include <memory>
#include <string>

#include "common/base/result.h"
#include "common/contract/signature.h"

namespace holeshot::upload {

// Reads it. `credentials` is systemd's $CREDENTIALS_DIRECTORY, or empty: a path without a slash is looked for there, and
// what lies there is systemd's to guard. Any other file that its group or others may read is refused (kDenied), and so
// is what is no plain file; kMissing where there is none; kInvalid where it holds no key. No message holds a part of it.
[[nodiscard]] base::Result<std::shared_ptr<const contract::SigningKey>> load_key(
    const std::string& path, const std::string& credentials);

}  // namespace holeshot::upload
