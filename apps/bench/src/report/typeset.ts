const SUBSCRIPT = /(?<![A-Za-z0-9])([A-Za-zΑ-ω])_([A-Za-z0-9]+(?:\.[0-9]+)?)/g;
const SUPERSCRIPT = /\^([A-Za-z]+\([^)]*\)|\([^)]*\)|[−-]?[A-Za-z0-9.]*[A-Za-z0-9])/g;

/** Sets single-letter subscripts and superscripts, as in `l_p` or `N^(1/p)`, in text that is already escaped. */
export function typeset(escaped: string): string {
  return escaped.replace(SUBSCRIPT, "$1<sub>$2</sub>").replace(SUPERSCRIPT, "<sup>$1</sup>");
}
