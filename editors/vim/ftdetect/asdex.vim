autocmd BufNewFile,BufRead *.expr setfiletype asdex
