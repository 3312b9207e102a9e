/**
 * # A header_with addresses
 *
 * | Name | Type |
 * | ---- | ---- |
 * | [aws_s3_bucket.this](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket) | resource |
 * | [aws_s3_bucket_policy.this](https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/s3_bucket_policy) | resource |
 *
 * The code `https://example.com/a_b` and https://example.com/a_b_c.
 *
 * 1. Begin:
 *    ```sh
 *    terraform init
 *    ```
 * 2. End with ```terraform destroy``` or
 *    ```
 *    rm it_all```
 */

variable "region_name" {
  description = "A fence in a list:\n1. one\n   ```\n   a_b\n   ```\n2. https://example.com/a_b and https://example.com/a_b_c"
  type        = string
}
