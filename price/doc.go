// Package price knows what tokens of language models cost, and when: a table of
// dated prices, and the arithmetic from counts of tokens to dollars. It knows no
// records.
//
// The table is made from the data of the npm package @pydantic/genai-prices
// (MIT, see LICENSE.genai-prices), whose rules it follows: which provider and
// model a name means, which price held at a time, and how tokens are counted.
// `make prices` takes in a newer one. Of what the data has prices for, text
// tokens are computed (input, cached input, output, reasoning) and single
// requests. Not computed are cache writes kept for an hour (they count at the
// price of the usual five minutes), audio, images, video, documents, citations,
// searches and other tools, and hours and characters; [Table.NotCovered] has
// their names.
package price
