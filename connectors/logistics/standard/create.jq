# A return to expect.
{body: (.command | {reference, return_id, order_id, statutory, reason, lines})}
