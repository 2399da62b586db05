{body: {comment: {body: (.command.text | split("\n") | map(@html) | join("<br>")),
                  is_private: true}}}
