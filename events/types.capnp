@0xba3b5007d517c36f;
# What commands, events and answers have in common: the field annotations that the JSON mapping obeys, and
# the values that stand in more than one of them.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::schema");

annotation instant @0xe6417db6e1591c18 (field) :Void;
# An Int64 that is an instant: microseconds since 1970-01-01T00:00:00Z. In JSON: RFC 3339, UTC, six decimals.
# The smallest Int64 (`noInstant`) means that there is none, and is null in JSON.

annotation person @0xe49d42f260996429 (field) :Text;
# A UInt32 that is a user id of the event's account. In JSON: the address that this person bore when the event
# took place, under the name that the annotation gives. 0 means nobody, and is null in JSON.

annotation sealed @0xc1b7a8c2de5f4a63 (field) :Void;
# Data that is sealed personal data (sealed.h): encrypted with the key that the struct's `key` names. In JSON: the text,
# or null where the key was destroyed.

annotation optional @0x8956b849a08b105e (field) :Void;
# A number of which 0 means that there is none. In JSON: null.

annotation hidden @0xff54b4325a2a0455 (field) :Void;
# Not shown in JSON.

const noInstant :Int64 = -0x8000000000000000;

struct Money {
  # In JSON: {"amount":"100.00","currency":"USD"}.
  amount @0 :Int64;   # millionths of the currency's unit, whatever its minor unit is
  currency @1 :Text;  # ISO 4217, three capitals
}

enum Role {
  # What a user may do in their account. Everyone registered is a member.
  superAdmin @0;
  admin @1;
  billing @2;
  auditor @3;
  member @4;
}

enum Language {
  # In which somebody is written to.
  en @0;
  ru @1;
  pt @2;
}

enum Letter {
  # What a letter is about.
  paymentRecorded @0;  # an invoice was paid and its licenses were issued
  termEnds @1;         # licenses end soon
}

enum QueueKind {
  call @0;
  outbound @1;
  inbox @2;
}

enum QueueRole {
  # As what somebody is a member of a queue.
  agent @0;
  supervisor @1;
}

enum Billing {
  # By what a product is billed.
  purchased @0;   # quantity and term, whoever is bound
  assigned @1;    # days on which a license is bound
  membership @2;  # days on which a user is in at least one queue
}
