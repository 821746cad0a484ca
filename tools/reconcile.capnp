@0xd74b1b5f0c6a92e8;
# What reconcile prints.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

using Types = import "/events/types.capnp";
using Amounts = import "/projections/exact_money.capnp";

struct BillVerdict {
  # A line of the bill; or what the ledger has and the bill has not; or, at the end, the sums of a currency.
  line @0 :UInt64 $Types.optional;       # of the file, the header counted; null where it is of none
  state @1 :Text;                        # judged; setAside: carried, not judged; refused: it cannot be read; total
  verdict @2 :Text;                      # of what was judged
  arithmetic @3 :Text;                   # match, explained_by_rounding, explained_by_day_count, mismatch
  explainedBy @4 :List(Text);            # the roundings, or the ways to count days, that give the amount
  amount @5 :Amounts.ExactMoney;         # as billed
  explained @6 :Amounts.ExactMoney;      # by the ledger; this and the next two of what was judged, and in totals
  atIssue @7 :Amounts.ExactMoney;        # amount - explained; negative where too little was billed
  conceded @8 :Amounts.ExactMoney;       # amount without what is at issue and too much
  because @9 :List(UInt64);              # the sequences of the events that decide it: the first 100
  ofLine @10 :UInt64 $Types.optional;    # that it repeats, nets or corrects
  message @11 :Text;
  difference @14 :Amounts.ExactMoney;    # mismatch: by how much the amount differs from its own seats, days and price
  becauseHasMore @13 :Bool;              # more events decide it than those
  sums @12 :Sums;                        # of a total: its amount is that of all lines of the file in this currency

  struct Sums {
    # judged + setAside + refused = amount.
    judged @0 :Amounts.ExactMoney;       # = explained + atIssue
    setAside @1 :Amounts.ExactMoney;
    refused @2 :Amounts.ExactMoney;
    notBilled @3 :Amounts.ExactMoney;    # of no line: what would have been due in addition
  }
}
