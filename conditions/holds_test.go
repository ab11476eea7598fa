package conditions

import (
	"strings"
	"testing"
)

// holdsTable has the operators one by one: a test in the notation of mustTest,
// a request in that of mustContext, and whether the test holds (T) or not (F).
const holdsTable = `
# StringEquals: case and wildcards count.
StringEquals k a            | k=a      | T
StringEquals k a            | k=A      | F
StringEquals k a            | k=b      | F
StringEquals k a            | k=aa     | F
StringEquals k a b          | k=b      | T
StringEquals k a b          | k=c      | F
StringEquals k ''           | k=''     | T
StringEquals k ''           | k=a      | F
StringEquals k a            | k=''     | F
StringEquals k *            | k=a      | F
StringEquals k *            | k=*      | T
StringEquals k a?           | k=ab     | F
StringEquals k a?           | k=a?     | T
StringEquals k a            | j=a      | F
StringEquals k []           | k=a      | F
StringEquals K a            | k=a      | T
StringNotEquals k a         | k=a      | F
StringNotEquals k a         | k=A      | T
StringNotEquals k a b       | k=b      | F
StringNotEquals k a b       | k=c      | T
StringNotEquals k *         | k=a      | T
StringNotEquals k a         |          | T
StringNotEquals k []        | k=a      | T

StringEqualsIgnoreCase k aB | k=Ab     | T
StringEqualsIgnoreCase k aB | k=Abc    | F
StringEqualsIgnoreCase k é  | k=É      | T
StringEqualsIgnoreCase k a* | k=AB     | F
StringEqualsIgnoreCase k a* | k=A*     | T
StringEqualsIgnoreCase k a  |          | F
StringNotEqualsIgnoreCase k aB | k=Ab  | F
StringNotEqualsIgnoreCase k aB | k=b   | T
StringNotEqualsIgnoreCase k aB |       | T

StringLike k a*             | k=a      | T
StringLike k a*             | k=abc    | T
StringLike k a*             | k=ba     | F
StringLike k a*             | k=Ab     | F
StringLike k a?             | k=ab     | T
StringLike k a?             | k=a      | F
StringLike k ?              | k=é      | T
StringLike k a*c b          | k=b      | T
StringLike k *              | k=''     | T
StringLike k *              |          | F
StringLike k s3.*.com       | k=s3.a:b/c.com | T
StringLike k a              | k=a      | T
StringNotLike k a*          | k=abc    | F
StringNotLike k a*          | k=b      | T
StringNotLike k a*          |          | T

# ArnEquals and ArnLike are the same: part by part, case counts.
ArnEquals k arn:aws:iam::111122223333:role/app  | k=arn:aws:iam::111122223333:role/app    | T
ArnEquals k arn:aws:iam::111122223333:role/app  | k=arn:aws:iam::111122223333:role/App    | F
ArnEquals k arn:aws:iam::*:role/*               | k=arn:aws:iam::111122223333:role/a/b    | T
ArnLike k arn:aws:iam::*:role/*                 | k=arn:aws:iam::111122223333:role/a/b    | T
ArnLike k arn:aws:iam::*:role/*                 | k=arn:aws:iam::111122223333:user/a      | F
ArnLike k arn:aws:sns:*:1:*                     | k=arn:aws:sns:us-east-1:1:a:b           | T
ArnLike k arn:aws:sns:*:b                       | k=arn:aws:sns:us-east-1:1:b             | F
ArnLike k arn:aws:s?s:*:*:*                     | k=arn:aws:sqs:us-east-1:1:q             | T
ArnLike k arn:aws:iam:::                        | k=arn:aws:iam:::                        | T
ArnLike k *                                     | k=arn:aws:iam::1:role/a                 | F
ArnLike k *:*:*:*:*:*                           | k=arn:aws:iam::1:role/a                 | T
ArnLike k *:*:*:*:*:*                           | k=a:b:c:d:e                             | F
ArnLike k a:b:c:d:e                             | k=a:b:c:d:e                             | F
ArnLike k arn:aws:s3:::a arn:aws:s3:::b         | k=arn:aws:s3:::b                        | T
ArnLike k arn:aws:s3:::*                        |                                         | F
ArnNotEquals k arn:aws:s3:::*                   | k=arn:aws:s3:::b                        | F
ArnNotLike k arn:aws:s3:::*                     | k=arn:aws:s3:::b                        | F
ArnNotEquals k arn:aws:s3:::*                   | k=arn:aws:sqs:::b                       | T
ArnNotLike k arn:aws:s3:::*                     | k=arn:aws:sqs:::b                       | T
ArnNotLike k *                                  | k=arn:aws:sqs:::b                       | T
ArnNotLike k arn:aws:s3:::*                     |                                         | T

# Numeric: the value of the request stands on the left.
NumericEquals k 10            | k=10     | T
NumericEquals k 10            | k=10.0   | T
NumericEquals k 10            | k=1e1    | T
NumericEquals k 10            | k=11     | F
NumericEquals k 10 11         | k=11     | T
NumericEquals k 10            | k=ten    | F
NumericEquals k 0             | k=-0     | T
NumericEquals k 9007199254740993 | k=9007199254740992 | F
NumericNotEquals k 10         | k=10.0   | F
NumericNotEquals k 10         | k=9      | T
NumericNotEquals k 10         | k=ten    | T
NumericNotEquals k 10         | k=''     | T
NumericNotEquals k 10         |          | T
NumericLessThan k 10          | k=9.99   | T
NumericLessThan k 10          | k=10     | F
NumericLessThan k 10          | k=11     | F
NumericLessThan k 10          | k=-11    | T
NumericLessThan k 10          | k=''     | F
NumericLessThan k 10          |          | F
NumericLessThan k 5 10        | k=7      | T
NumericLessThanEquals k 10    | k=10     | T
NumericLessThanEquals k 10    | k=9      | T
NumericLessThanEquals k 10    | k=10.01  | F
NumericGreaterThan k 10       | k=10     | F
NumericGreaterThan k 10       | k=10.01  | T
NumericGreaterThan k 10       | k=9      | F
NumericGreaterThanEquals k 10 | k=10     | T
NumericGreaterThanEquals k 10 | k=11     | T
NumericGreaterThanEquals k 10 | k=9.9    | F

DateEquals k 2026-01-02             | k=2026-01-02T00:00:00Z | T
DateEquals k 2026-01-02             | k=1767312000           | T
DateEquals k 1767312000             | k=2026-01-02T07:00:00+07:00 | T
DateEquals k 2026-01-02             | k=2026-01-02T00:00:01Z | F
DateEquals k 2026-01-02 2027        | k=2027-01-01           | T
DateEquals k 2026-01-02             | k=yesterday            | F
DateNotEquals k 2026-01-02          | k=2026-01-02           | F
DateNotEquals k 2026-01-02          | k=2026-01-03           | T
DateNotEquals k 2026-01-02          | k=yesterday            | T
DateNotEquals k 2026-01-02          |                        | T
DateLessThan k 2026-01-02           | k=2026-01-01T23:59:59.999999999Z | T
DateLessThan k 2026-01-02           | k=2026-01-02           | F
DateLessThan k 2026-01-02           |                        | F
DateLessThanEquals k 2026-01-02     | k=2026-01-02           | T
DateLessThanEquals k 2026-01-02     | k=2026-01-02T00:00:01Z | F
DateGreaterThan k 2026-01-02        | k=2026-01-02           | F
DateGreaterThan k 2026-01-02        | k=2026-01-02T00:00:00.1Z | T
DateGreaterThanEquals k 2026-01-02  | k=2026-01-02           | T
DateGreaterThanEquals k 2026-01-02  | k=2026-01-01           | F

Bool k true                   | k=true   | T
Bool k true                   | k=TRUE   | T
Bool k True                   | k=true   | T
Bool k true                   | k=false  | F
Bool k false                  | k=false  | T
Bool k false                  | k=FALSE  | T
Bool k false                  | k=no     | F
Bool k false                  | k=''     | F
Bool k true                   | k=1      | F
Bool k true false             | k=false  | T
Bool k false                  |          | F
BoolIfExists k true           |          | T
# Whether Bool takes variables is open: one is accepted and matches nothing.
Bool k ${j}                  | k=true j=true | F
Bool k ${j,~'true'}          | k=true   | F
Bool k ${j} true             | k=true j=false | T
BoolIfExists k ${j}          |          | T

BinaryEquals k QUJD           | k=QUJD   | T
BinaryEquals k QUJD           | k=qujd   | F
BinaryEquals k QUJD QQ==      | k=QQ==   | T
BinaryEquals k QQ==           | k=QQ     | F
BinaryEquals k QQ==           | k=QR==   | F
BinaryEquals k ''             | k=''     | T
BinaryEquals k QUJD           |          | F

IpAddress k 10.0.0.0/8        | k=10.1.2.3  | T
IpAddress k 10.0.0.0/8        | k=11.1.2.3  | F
IpAddress k 10.1.2.3/8        | k=10.255.255.255 | T
IpAddress k 10.1.2.3          | k=10.1.2.3  | T
IpAddress k 10.1.2.3          | k=10.1.2.4  | F
IpAddress k 10.1.2.3/32       | k=10.1.2.2  | F
IpAddress k 10.1.2.3/31       | k=10.1.2.2  | T
IpAddress k 0.0.0.0/0         | k=1.2.3.4   | T
IpAddress k 0.0.0.0/0         | k=::1       | F
IpAddress k ::/0              | k=1.2.3.4   | F
IpAddress k 2001:db8::/32     | k=2001:DB8:1::1 | T
IpAddress k 2001:db8::/32     | k=2001:db9::1 | F
IpAddress k 2001:db8::1       | k=2001:db8::1 | T
IpAddress k 2001:db8::1       | k=2001:db8::2 | F
IpAddress k 10.0.0.0/8        | k=::ffff:10.1.2.3 | T
IpAddress k ::ffff:10.0.0.0/104 | k=10.1.2.3 | T
IpAddress k ::ffff:10.0.0.0/104 | k=11.1.2.3 | F
IpAddress k ::ffff:10.1.2.3   | k=10.1.2.3  | T
IpAddress k ::ffff:0.0.0.0/96 | k=1.2.3.4   | T
IpAddress k ::ffff:0.0.0.0/95 | k=1.2.3.4   | F
IpAddress k ::ffff:0.0.0.0/95 | k=::fffe:0:1 | T
IpAddress k 10.0.0.0/8 1.0.0.0/8 | k=1.1.1.1 | T
IpAddress k 10.0.0.0/8        | k=10.1.2    | F
IpAddress k 10.0.0.0/8        | k=10.1.2.3/32 | F
IpAddress k fe80::/10         | k=fe80::1%eth0 | F
IpAddress k 10.0.0.0/8        |             | F
NotIpAddress k 10.0.0.0/8     | k=10.1.2.3  | F
NotIpAddress k 10.0.0.0/8     | k=11.1.2.3  | T
NotIpAddress k 10.0.0.0/8     | k=nowhere   | T
NotIpAddress k 10.0.0.0/8     |             | T

Null k true                   |          | T
Null k true                   | k=a      | F
Null k true                   | k=''     | F
Null k true                   | k=a;b    | F
Null k FALSE                  | k=a      | T
Null k false                  | k=''     | T
Null k false                  |          | F
Null k true false             |          | T
Null k true false             | k=a      | T
Null k []                     |          | F
Null k []                     | k=a      | F
Null aws:PrincipalTag/a true  | aws:PrincipalTag/b=1 | T

# A missing key: IfExists holds, also with a set operator or negated.
StringEqualsIfExists k a                 |     | T
StringEqualsIfExists k a                 | k=b | F
StringEqualsIfExists k a                 | k=a | T
StringNotEqualsIfExists k a              |     | T
StringNotEqualsIfExists k a              | k=a | F
StringNotEqualsIfExists k a              | k=b | T
ForAllValues:StringEquals k a            |     | T
ForAllValues:StringNotEquals k a         |     | T
ForAllValues:StringNotLike k a           |     | T
ForAllValues:StringEqualsIfExists k a    |     | T
ForAnyValue:StringEquals k a             |     | F
ForAnyValue:StringNotEquals k a          |     | F
ForAnyValue:StringEqualsIfExists k a     |     | T
ForAnyValue:StringNotEqualsIfExists k a  |     | T
ForAllValues:StringEquals k []           |     | T
ForAnyValue:StringNotEquals k []         |     | F

# Several values in the request.
ForAllValues:StringEquals k a b          | k=a   | T
ForAllValues:StringEquals k a b          | k=a;b | T
ForAllValues:StringEquals k a b          | k=b;c | F
ForAllValues:StringEquals k a b          | k=c;b | F
ForAllValues:StringEquals k []           | k=a   | F
ForAllValues:StringEquals k a            | k=''  | F
ForAllValues:StringNotEquals k a b       | k=c;d | T
ForAllValues:StringNotEquals k a b       | k=c;a | F
ForAllValues:StringNotEquals k a b       | k=a;c | F
ForAllValues:StringNotEquals k []        | k=a   | T
ForAnyValue:StringEquals k a b           | k=c;b | T
ForAnyValue:StringEquals k a b           | k=c;d | F
ForAnyValue:StringEquals k []            | k=a   | F
ForAnyValue:StringNotEquals k a b        | k=a;c | T
ForAnyValue:StringNotEquals k a b        | k=c;a | T
ForAnyValue:StringNotEquals k a b        | k=a;b | F
ForAnyValue:StringNotEquals k []         | k=a   | T
ForAllValues:StringEqualsIfExists k a    | k=a;b | F
ForAnyValue:StringEqualsIfExists k a     | k=b   | F
ForAllValues:NumericLessThan k 10        | k=1;x | F
ForAnyValue:NumericLessThan k 10         | k=x;1 | T
ForAllValues:NumericNotEquals k 10       | k=1;x | T
ForAnyValue:IpAddress k 10.0.0.0/8       | k=x;10.0.0.1 | T
ForAllValues:Bool k true                 | k=true;TRUE | T
ForAnyValue:ArnLike k arn:aws:s3:::*     | k=a;arn:aws:s3:::b | T
ForAllValues:DateLessThan k 2026         | k=2025;2024 | T
ForAllValues:BinaryEquals k QQ==         | k=QQ==;QUJD | F
# Without a set operator: as ForAnyValue, negated: none may match.
StringEquals k a                         | k=b;a | T
StringEquals k a                         | k=b;c | F
StringNotEquals k a                      | k=b;a | F
StringNotEquals k a                      | k=a;b | F
StringNotEquals k a                      | k=b;c | T
StringEqualsIfExists k a                 | k=b;a | T
StringNotEqualsIfExists k a              | k=b;a | F
NotIpAddress k 10.0.0.0/8                | k=1.1.1.1;10.0.0.1 | F

# Variables: an unresolved one makes its value match nothing.
StringEquals k ${j}                     | k=a j=a   | T
StringEquals k ${j}                     | k=a j=b   | F
StringEquals k ${J}                     | k=a j=a   | T
StringEquals k ${j}                     | k=a       | F
StringEquals k ${j} a                   | k=a       | T
StringNotEquals k ${j}                  | k=a       | T
StringNotEquals k ${j}                  | k=a j=a   | F
StringNotEquals k ${j} a                | k=a       | F
StringEquals k ${j,~'a'}                | k=a       | T
StringEquals k ${j}                     | k=${j}   | F
StringEquals k ${j}                     | k=a j=a;b | F
StringEquals k ${aws:TagKeys}           | k=a aws:TagKeys=a | F
StringEquals k ${aws:username}          | k=a aws:username=a | T
StringEqualsIgnoreCase k ${j}           | k=A j=a   | T
StringLike k ${j}*                      | k=abc j=a | T
StringLike k ${j}                       | k=abc j=* | F
StringLike k ${j}                       | k=* j=*   | T
StringLike k a${*}                      | k=ab      | F
StringLike k a${*}                      | k=a*      | T
StringEquals k ${*}${?}${$}           | k=*?$     | T
ArnLike k arn:aws:iam::${j}:role/*      | k=arn:aws:iam::1:role/a j=1 | T
ArnLike k arn:aws:iam::${j}:role/*      | k=arn:aws:iam::1:role/a j=2 | F
ArnLike k arn:aws:iam::${j}             | k=arn:aws:iam::1:role/a j=1:role/a | T
ArnNotLike k arn:aws:iam::${j}:role/*   | k=arn:aws:iam::1:role/a     | T
ForAllValues:StringEquals k ${j}        | k=a;b j=a | F
ForAnyValue:StringEquals k ${j}         | k=b;a j=a | T
`

// holdsRows returns the rows of holdsTable.
func holdsRows() []string {
	var rows []string
	for line := range strings.Lines(holdsTable) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			rows = append(rows, line)
		}
	}
	return rows
}

func TestHolds(t *testing.T) {
	for _, row := range holdsRows() {
		cells := strings.Split(row, "|")
		test, ctx, want := mustTest(t, cells[0]), mustContext(t, cells[1]), strings.TrimSpace(cells[2]) == "T"
		before := listing(&ctx)
		for range 2 { // nothing is remembered
			if got := test.Holds(&ctx); got != want {
				t.Errorf("%s: %v, want %v", row, got, want)
			}
		}
		if got := twinHolds(cells[0], cells[1]); got != want {
			t.Errorf("%s: the twin says %v, want %v", row, got, want)
		}
		if after := listing(&ctx); after != before {
			t.Errorf("%s: the context has changed to %s", row, after)
		}
	}
}
