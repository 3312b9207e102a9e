variable "indented" {
  description = <<-EOT
    Shared indentation goes.
      This stays,

	and a tab counts one.
  EOT
  default = <<-EOT
      ${1 + 1} things
    and ${"a"} word
  EOT
}

variable "emphasis" {
  description = "x _two words_ y, __both__ a_b http://a_b/c_d (see _c_), `code_x` and _end_"
}

variable "lines" {
  description = "one \ntwo  \nthree   \n- four\n\n\n\nfive\n \nsix\r\nseven"
}

variable "fences" {
  description = "before\n\n```hcl\na_b = 1\n\n\n\nc = 2\n```\n\nafter ```in_line``` end ```open"
}
