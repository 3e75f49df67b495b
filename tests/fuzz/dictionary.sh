#!/bin/sh
# The dictionary of the modelling language for libFuzzer: its words, and the functions of ops.def.
srcdir=$1
for word in param var let def aux return 'for' in by 'if' 'then' 'else' and or not true false inf pi \
  integer sparse read size sum prod min max logsumexp dot norm2 .. '<=' '>=' '==' '!=' '0.5' \
  'let s[i in 2..n] = ' ' for i in 1..n' 'x[i-1]' '(i, j, a) in A' ' by -1' '= [1, 2]' '[1..3]' \
  'for t in 1..2 {' '}' '#' 'return sum(' 'var x[2] = 0.5;' 'if x > 0 then ' ' else ' '2i'; do
  echo "\"$word\""
done
sed -n 's/^OP([A-Z0-9_]*, "\([a-z0-9]*\)", [1-9], [A-Z]*, 1,.*/"\1("/p' "$srcdir"/src/program/ops.def
