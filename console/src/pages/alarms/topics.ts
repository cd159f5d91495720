/** ``arn:aws:sns:us-east-1:000000000000:cache-alarms`` → ``cache-alarms``. */
export function topicName(arn: string): string {
  return arn.split(":").at(-1) ?? arn;
}
