// What is wrong with one member of what somebody sent, so that they can mend it. A value.
#pragma once

#include <string>
#include <vector>

namespace returns::connectors {

struct FieldFault {
    std::string pointer;  // RFC 6901, into the body: "/2/data/lines/0/received"; "" is all of it
    std::string what;     // in plain words
    std::vector<std::string> allowed;  // words or names that may stand there, where there is a list
    std::string nearest;               // the one that was probably meant; "" for none

    std::string Text() const {
        std::string text = pointer + (pointer.empty() ? "" : ": ") + what;
        if (!nearest.empty()) text += ", did you mean '" + nearest + "'?";
        return text;
    }
};

}  // namespace returns::connectors
