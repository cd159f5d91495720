import type { Subnet } from "@aws-sdk/client-ec2";
import { everyPage } from "./everyPage";
import { type Answered, useQuestion } from "./useQuestion";

/** The subnets of all VPCs. EC2's client is large, so it is fetched when a page first asks it something. */
export function useSubnets(): Answered<Subnet[]> {
  return useQuestion({
    key: ["DescribeSubnets"],
    ask: async ({ settings }, options) => {
      const { EC2Client, paginateDescribeSubnets } = await import("@aws-sdk/client-ec2");
      const client = new EC2Client(settings);
      return everyPage(paginateDescribeSubnets({ client }, {}, options), (page) => page.Subnets);
    },
  });
}
