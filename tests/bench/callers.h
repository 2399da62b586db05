// Partners and agents who call a listening gateway, as a load: many connections kept open, on each
// the next request when the last is answered. Requests are made and signed beforehand, so that what
// runs meanwhile is theirs to send and to wait only. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace returns::gateway {

// One kind of caller.
struct Calling {
    int connections = 1;
    int pause_us = 0;   // between an answer and the next request
    int status = 200;   // each answer must have it
    bool leads = true;  // the load ends when these have sent all; others start over until then
    std::vector<std::string> requests;  // whole, as bytes
    std::vector<double> micros;         // comes back: from sending to the answer's last byte
};

// Gives the seconds it took.
double Call(int port, std::vector<Calling>& callings);

}  // namespace returns::gateway
