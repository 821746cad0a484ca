@0xe0c3f1a2b4d59617;
# What the server keeps in the vault's private table.

using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("seatledger::kept");

struct Token {
  # Under the SHA-256 of what is shown.
  number @0 :UInt32;
  account @1 :Text;          # of whom it lets in; absent: the vendor, for every account
  user @2 :UInt32;           # 0: the vendor
  role @3 :UInt8;            # 0: not limited; else the role's number plus 1
  label @4 :Text;
  issuerAccount @5 :Text;
  issuer @6 :UInt32;         # 0: the vendor
  issuedAt @7 :Int64;
  expiresAt @8 :Int64;       # the smallest Int64: never
  isLogIn @9 :Bool;
  password @10 :UInt64;      # of a log-in: the event of the password by which it was had
}
