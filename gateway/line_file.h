// A text file that only grows. It is opened anew for each line, so that it may be rotated at any
// time, and lines are on the disk before Append returns. One thread.
#pragma once

#include "gateway/anchor_sender.h"

#include <string>

namespace returns::gateway {

class AppendedFile final : public LineFile {
public:
    explicit AppendedFile(std::string path) : path_(std::move(path)) {}
    Status Append(const std::string& line) override;

private:
    const std::string path_;
};

}  // namespace returns::gateway
