" Writes the text in the buffer, and below each line a letter for what each character is.
let s:letters = {'Comment': 'c', 'String': 's', 'Attribute': 'a', 'Statement': 'd',
      \ 'Conditional': 'k', 'Operator': 'o', 'Constant': 'l', 'Number': 'n', 'Function': 'f'}
let s:out = []
for s:row in range(1, line('$'))
  let s:text = getline(s:row)
  let s:colors = ''
  for s:column in range(1, len(s:text))
    let s:name = substitute(synIDattr(synID(s:row, s:column, 0), 'name'), '^asdex', '', '')
    let s:colors .= s:text[s:column - 1] ==# ' ' ? ' ' : get(s:letters, s:name, ' ')
  endfor
  call extend(s:out, [s:text, substitute(s:colors, ' *$', '', '')])
endfor
call writefile(s:out, $OUT)
qall!
