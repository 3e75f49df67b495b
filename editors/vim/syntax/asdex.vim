" Vim syntax file
" Language: models of asdex (*.expr)
" Made by editors/generate.sh from the tables of asdex.

if exists("b:current_syntax")
  finish
endif

syn case match
syn keyword asdexStatement param var let def aux return
syn keyword asdexConditional for in if then else
syn keyword asdexOperator and or not
syn keyword asdexConstant true false pi inf
syn keyword asdexFunction abs acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh digamma dot erf erfc exp exp2 expm1 floor hypot lgamma log log10 log1p log2 logsumexp max min norm2 normcdf pow prod read round sigmoid sign sin sinh size softplus sqrt stop sum tan tanh trunc
" Keywords in their places only
syn match asdexAttribute /\%(\]\|\<\%(param\|var\)\s\+\h\w*\)\@<=\s*\zs\<\%(integer\|sparse\)\>/
syn match asdexConditional /\%(\.\.[^,;]*[A-Za-z0-9_)\]]\)\@<=\s\+\zs\<by\>/
syn match asdexNumber /\<\d\+\%(\.\d\+\|\.\.\@!\)\=\%([eE][-+]\=\d\+\)\=i\=\w\@!/
syn match asdexNumber /\.\@<!\.\d\+\%([eE][-+]\=\d\+\)\=i\=\>/
syn region asdexString start=/"/ end=/"/ oneline
syn match asdexComment /#.*/ contains=@Spell

hi def link asdexStatement Statement
hi def link asdexConditional Conditional
hi def link asdexOperator Operator
hi def link asdexConstant Constant
hi def link asdexFunction Function
hi def link asdexAttribute StorageClass
hi def link asdexNumber Number
hi def link asdexString String
hi def link asdexComment Comment

let b:current_syntax = "asdex"
